"""Bad input by the hundred: a table for each kind, a row for each input and what is said of it.

Of a message a row holds the telling parts, with ~ for what stands between. A row that is to be
taken all the same holds None.
"""
