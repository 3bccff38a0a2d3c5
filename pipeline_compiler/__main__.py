"""`python -m pipeline_compiler`: the command line."""

from pipeline_compiler.cli import main

if __name__ == "__main__":
    main()
