"""``python -m aios_nb``: the command, also where no ``aios-nb`` is on the path."""

from .cli import main

if __name__ == "__main__":
    main(prog_name="aios-nb")
