"""Surroundings of ``dti forecast``: variables, and names of the folder that the project lies in.

None for a variable takes it away. What is printed is to be the same as anywhere.
"""

VARIABLES = [
    ("as it is", {}, None),
    # --- language and letters
    ("no language", {"LANG": None, "LC_ALL": None}, None),
    ("the language C", {"LC_ALL": "C"}, None),
    (
        "the language C, as it was",
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "PYTHONIOENCODING": "utf-8"},
        None,
    ),
    ("a language that is not there", {"LC_ALL": "xx_XX.UTF-8"}, None),
    ("Vietnamese", {"LANG": "vi_VN.UTF-8", "LANGUAGE": "vi"}, None),
    ("French numbers", {"LC_NUMERIC": "fr_FR.UTF-8"}, None),
    ("an encoding with marks", {"PYTHONIOENCODING": "utf-8-sig"}, None),
    # --- home
    ("no home", {"HOME": None}, None),
    ("a home of nothing", {"HOME": ""}, None),
    ("a home that is not there", {"HOME": "/nowhere/at/all"}, None),
    ("a home that cannot be written to", {"HOME": "/proc"}, None),
    ("a home from here", {"HOME": "home"}, None),
    ("caches that cannot be kept", {"XDG_CACHE_HOME": "/proc/caches"}, None),
    ("caches from here", {"XDG_CACHE_HOME": "caches"}, None),
    ("no temporary folder", {"TMPDIR": "/nowhere"}, None),
    # --- time and pictures
    ("Vietnam's time", {"TZ": "Asia/Ho_Chi_Minh"}, None),
    ("a time of nowhere", {"TZ": "Nowhere/None"}, None),
    ("another backend", {"MPLBACKEND": "Agg"}, None),
    ("a backend of none", {"MPLBACKEND": "crayons"}, None),
    ("no folder for matplotlib", {"MPLCONFIGDIR": "/proc/x"}, None),
    # --- terminals and Python
    ("a terminal of one column", {"COLUMNS": "1", "LINES": "1"}, None),
    ("a terminal of no kind", {"TERM": "nothing"}, None),
    ("another hash seed", {"PYTHONHASHSEED": "12345"}, None),
    ("no asserts and docstrings", {"PYTHONOPTIMIZE": "2"}, None),
    ("no path", {"PATH": ""}, None),
    ("a folder told wrongly", {"PWD": "/nowhere"}, None),
    # --- a project named
    ("a project of nothing", {"DTI_ROOT": ""}, None),
    (
        "a project nowhere",
        {"DTI_ROOT": "nowhere"},
        "nowhere/index.toml: expected a description of an index: "
        "No such file or directory. See dti init.",
    ),
    (
        "a project of a file",
        {"DTI_ROOT": "index.toml"},
        "index.toml/index.toml: expected a description of an index: Not a directory. See dti init.",
    ),
    (
        "a project of space",
        {"DTI_ROOT": " "},
        " /index.toml: expected a description of an index: "
        "No such file or directory. See dti init.",
    ),
]

FOLDERS = [
    *(
        "a b",
        "{0}",
        "{unit}",
        "%s %(a)s",
        "Đà Nẵng",
        "Hu\u0065\u0302\u0301",
        "a'b\"c",
        "a;b",
        "$HOME",
        "-n",
    ),
    *("a\\b", "#1", "*", "[a]", "<b>", "🙂", "a&b=c?d", "~", "ế" * 80),
]
