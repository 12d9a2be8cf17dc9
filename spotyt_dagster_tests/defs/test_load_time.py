"""What loading the definitions imports: it is paid by every command, every run and each step."""

import json
import subprocess
import sys

#: Seconds each; imported in the functions that need them (CONTRIBUTING.md).
HEAVY = (
    "lightgbm", "matplotlib", "optuna", "pytorch_tabnet", "shap", "starlette", "tabpfn", "torch",
    "uvicorn", "xgboost",
)  # fmt: skip

IMPORTED = """
import json, sys
import spotyt_dagster.definitions
spotyt_dagster.definitions.build_definitions()
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def test_the_definitions_load_without_a_library_that_only_a_fit_or_a_picture_needs():
    done = subprocess.run([sys.executable, "-c", IMPORTED], capture_output=True, check=True)
    imported = json.loads(done.stdout)
    assert "dagster" in imported
    assert set(imported) & set(HEAVY) == set()
