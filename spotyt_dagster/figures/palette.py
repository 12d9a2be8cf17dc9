"""The colours of all pictures; how a picture is made with them is style.py's."""

# Okabe and Ito, "Color Universal Design" (2008): distinguishable with any common colour
# blindness.
BLUE = "#0072B2"
VERMILLION = "#D55E00"
GREEN = "#009E73"
ORANGE = "#E69F00"
SKY = "#56B4E9"
PINK = "#CC79A7"
YELLOW = "#F0E442"
BLACK = "#000000"
PALETTE = (BLUE, VERMILLION, GREEN, ORANGE, SKY, PINK, YELLOW, BLACK)

SEQUENTIAL = "cividis"
# Blue to vermillion's neighbour red through white: for correlations, with vmin=-1 and vmax=1.
DIVERGING = "RdBu_r"
INK = "#222222"
GREY = "#767676"
