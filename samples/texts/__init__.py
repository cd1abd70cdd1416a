"""The contents of the sample files, one module per folder of `samples/files/`.

All of it was written for this project: people, companies, numbers and places are made up.
"""
