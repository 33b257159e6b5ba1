"""Descriptions of raw tables: ``datapackage.json``, one change each.

Given to ``dti check DIR --accept``. A change is a new content, or a path of keys and what is to
stand there; a table is found by its name.
"""

GONE = object()
"""Stands for a key that is not there."""

_DEEP = b"[" * 50_000

# fmt: off
ROWS = [
    ("nothing", None, "expected the description of the tables: No such file or"),
    ("an empty file", b"", "row 1: expected JSON in UTF-8: Expecting value: line 1 column"),
    ("no JSON", b"resources: []", "row 1: expected JSON in UTF-8: Expecting value: line 1 column"),
    ("a list", b"[]", "the file: expected entries by name, found []."),
    ("null", b"null", "the file: expected entries by name, found null."),
    ("no resources", b"{}", "the file: resources is missing."),
    ("resources of nothing", b'{"resources": []}', "resources: [] should be non-empty."),
    ("resources of text", b'{"resources": "all"}', 'resources: expected a list, found "all".'),
    ("another encoding", '{"resources": []}'.encode("utf-16"),
     "expected JSON in UTF-8: 'utf-8' codec can't decode byte 0xff"),
    ("half a letter", b'{"a": "\xe1\xba"}',
     "expected JSON in UTF-8: 'utf-8' codec can't decode bytes in"),
    ("a key twice", b'{"resources": [], "resources": []}',
     'expected JSON in UTF-8: the key "resources" stands twice in'),
    ("no number of JSON", b'{"resources": [], "a": NaN}',
     "expected JSON in UTF-8: NaN is no number of JSON."),
    ("without end", b'{"resources": [], "a": 1e999}',
     "expected JSON in UTF-8: 1e999 is no number of JSON."),
    ("thousands of digits", b'{"a": ' + b"9" * 5000 + b"}", "expected JSON in UTF-8: Exceeds the"),
    ("levels without end", _DEEP, "found too many in each other."),
    ("a comma too many", b'{"resources": [],}',
     "row 1: expected JSON in UTF-8: Expecting property name"),
    ("a table of text", (("resources", 0), "sources"),
     'resources: expected entries by name, found "sources".'),
    ("a table without name", (("resources", 0, "name"), GONE), "resources: name is missing."),
    ("a table of another name", (("sources", "name"), "springs"),
     'resource dti_facts: refers to "sources", which is not'),
    ("a table with a path out", (("sources", "path"), "../sources.csv"),
     'sources ~ found "../sources.csv".'),
    ("a table elsewhere", (("sources", "path"), "https://h.test/sources.csv"),
     'sources ~ found "https://h.test/sources.csv".'),
    ("a table with capitals", (("sources", "name"), "Sources"),
     "resources.Sources.name: 'Sources' does not match"),
    ("a table of another encoding", (("sources", "encoding"), "cp1258"),
     'resources.sources.encoding ~ found "cp1258".'),
    ("a table without schema", (("sources", "schema"), GONE),
     "resources.sources: schema is missing."),
    ("a schema in a file", (("sources", "schema"), "schema.json"),
     'resources.sources.schema ~ found "schema.json".'),
    ("a schema without fields", (("sources", "schema", "fields"), []),
     "resources.sources.schema.fields: [] should be non-empty."),
    ("fields of text", (("sources", "schema", "fields"), ["a"]),
     'resources.sources.schema.fields ~ found "a".'),
    ("a field without type", (("sources", "schema", "fields", 0, "type"), GONE),
     "resources.sources.schema.fields.source_id: type is missing."),
    ("a field of another type", (("sources", "schema", "fields", 0, "type"), "date"),
     'found "date".'),
    ("a field of two types", (("sources", "schema", "fields", 0, "type"), ["string"]),
     'found ["string"].'),
    ("a field with another name", (("sources", "schema", "fields", 3, "name"), "day"),
     "found no sources.date."),
    ("a field of no name", (("sources", "schema", "fields", 0, "name"), ""),
     'resources.sources.schema.fields."".name: \'\' should be'),
    ("a field twice", (("sources", "schema", "fields", 1, "name"), "source_id"),
     "sources: expected each name once, found one twice."),
    ("a key of no field", (("sources", "schema", "primaryKey"), "id"),
     'resource sources: sources has no field "id" for a key.'),
    ("a key of a number", (("sources", "schema", "primaryKey"), 5),
     "resources.sources.schema.primaryKey ~ found 5."),
    ("a reference to nothing", (("dti_facts", "schema", "foreignKeys"), [{"fields": "year"}]),
     "resources.dti_facts.schema.foreignKeys: reference is missing."),
    ("another missing value", (("sources", "schema", "missingValues"), ["-"]), 'found ["-"].'),
    ("a pattern that is none", (
        ("sources", "schema", "fields", 0, "constraints"), {"pattern": "("}), 'found "(".'),
    ("a pattern that takes years", (
        ("sources", "schema", "fields", 0, "constraints"), {"pattern": "(a+)+b"}),
     'found "(a+)+b".'),
    ("a pattern whose condition is elsewhere", (
        ("sources", "schema", "fields", 0, "constraints"), {"pattern": "(?(1)a|b)"}),
     'found "(?(1)a|b)".'),
    ("a limit and a half", (
        ("dti_facts", "schema", "fields", 0, "constraints"), {"minimum": 1.5}),
     "expected a whole number, found 1.5."),
    ("a limit of 400 digits", (
        ("dti_facts", "schema", "fields", 0, "constraints"), {"maximum": 10**400}),
     "…maximum of 1000000000000000.0."),
    ("a key that refers to fewer fields", (
        ("dti_facts", "schema", "foreignKeys"),
        [{"fields": ["source_id", "year"],
          "reference": {"resource": "sources", "fields": ["source_id"]}}]),
     "resource dti_facts: expected 2 fields of a key, found 1 that they refer to."),
    ("a pattern of a number", (
        ("sources", "schema", "fields", 0, "constraints"), {"pattern": 5}), "found 5."),
    ("a limit of text", (("dti_facts", "schema", "fields", 0, "constraints"), {"minimum": "0"}),
     'found "0".'),
    ("a rule that is not known", (
        ("sources", "schema", "fields", 0, "constraints"), {"minLength": 1}),
     "resources.sources.schema.fields.source_id.constraints:"),
    ("a choice of nothing", (("sources", "schema", "fields", 0, "constraints"), {"enum": []}),
     "resources.sources.schema.fields.source_id.constraints.enum:"),
]
