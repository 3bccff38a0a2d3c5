"""Takes the place of the screening image in local runs: the same paths, arguments and result."""

import json

import contract_runtime


def main(runtime: contract_runtime.Runtime) -> None:
    """Look at the bytes of each file, as the image does."""
    sizes = [
        len(path.read_bytes()) for path in sorted(runtime.input_path("processed_data").rglob("*.parquet"))
    ]
    result = {"files": len(sizes), "bytes": sum(sizes), "level": runtime.argument("level")}
    result["language"] = runtime.env("LANGUAGE")
    (runtime.output_path("screening") / "screening.json").write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    contract_runtime.execute(main)
