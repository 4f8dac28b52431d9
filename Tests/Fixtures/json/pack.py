"""Packs JSONTestSuite's test_parsing folder (github.com/nst/JSONTestSuite, MIT) into one text file:
a line per case, its name, a space, its bytes in hexadecimal. The two cases above 10 kB are left out;
the tests build them. Usage: pack.py path/to/test_parsing > test_parsing.txt"""
import pathlib
import sys

for path in sorted(pathlib.Path(sys.argv[1]).glob("*.json")):
    data = path.read_bytes()
    if len(data) < 10_000:
        print(path.name, data.hex())
