"""The ministry's table of an edition in the forms that people get it in, made from the facts."""

import html
import io
import itertools

import openpyxl
import pandas as pd

TITLE = "XẾP HẠNG CHUYỂN ĐỔI SỐ CẤP TỈNH"

VIETNAMESE = {
    "score_overall": ("DTI", "Giá trị"),
    "rank_overall": ("DTI", "Xếp hạng"),
    "score_government_pillar": ("Trụ cột", "Chính quyền số"),
    "score_economy_pillar": ("Trụ cột", "Kinh tế số"),
    "score_society_pillar": ("Trụ cột", "Xã hội số"),
    "rank_government_pillar": ("Xếp hạng trụ cột", "Chính quyền số"),
    "rank_economy_pillar": ("Xếp hạng trụ cột", "Kinh tế số"),
    "rank_society_pillar": ("Xếp hạng trụ cột", "Xã hội số"),
    "score_awareness": ("Chỉ số chính", "Nhận thức số"),
    "score_institutions": ("Chỉ số chính", "Thể chế số"),
    "score_infrastructure": ("Chỉ số chính", "Hạ tầng số"),
    "score_workforce": ("Chỉ số chính", "Nhân lực số"),
    "score_security": ("Chỉ số chính", "An toàn thông tin mạng"),
    "score_government_activity": ("Chỉ số chính", "Hoạt động chính quyền số"),
    "score_economy_activity": ("Chỉ số chính", "Hoạt động kinh tế số"),
    "score_society_activity": ("Chỉ số chính", "Hoạt động xã hội số"),
}
ENGLISH = {
    "score_overall": "DTI score",
    "rank_overall": "Rank",
    "score_awareness": "Awareness",
    "score_institutions": "Institutions",
    "score_infrastructure": "Infrastructure",
    "score_workforce": "Workforce",
    "score_security": "Information security",
    "score_government_activity": "Government activities",
    "score_economy_activity": "Economic activities",
    "score_society_activity": "Social activities",
}
CITIES = {"Hà Nội", "Hải Phòng", "Huế", "Thừa Thiên Huế", "Đà Nẵng", "Hồ Chí Minh", "Cần Thơ"}


def lay_out(resolved, basis, year):
    """Lay the facts of an edition out as the ministry does: best province first."""
    facts = resolved[(resolved["basis"] == basis) & (resolved["year"] == year)]
    wide = facts.pivot(index="province", columns="metric", values="value")
    ordered = [metric for metric in VIETNAMESE if metric in wide]
    return wide[ordered].sort_values("score_overall", ascending=False)


def write_name(name):
    return f"TP. {name}" if name in CITIES else f"Tỉnh {name}"


def write_cell(metric, value, *, comma=False, scale=1):
    if pd.isna(value):
        return ""
    text = f"{value:.0f}" if metric.startswith("rank_") else f"{round(value * scale, 8):.8g}"
    return text.replace(".", ",") if comma else text


def to_csv(table, *, scale=1, delimiter=";", comma=True, english=False):
    """Give a CSV: title, header in two rows (or one, in English), total and note below."""
    metrics = list(table.columns)

    def line(*cells):
        return delimiter.join(cells)

    def values(row):
        return [write_cell(m, row[m], comma=comma, scale=scale) for m in metrics]

    if english:
        lines = [line("No.", "Province", *(ENGLISH[metric] for metric in metrics))]
    else:
        groups = [VIETNAMESE[metric][0] for metric in metrics]
        spread = ["" if n and groups[n - 1] == group else group for n, group in enumerate(groups)]
        lines = [
            line(TITLE),
            line("(Kèm theo Quyết định số 1/QĐ-BKHCN)"),
            "",
            line("STT", "Tỉnh/Thành phố", *spread),
            line("", "", *(VIETNAMESE[metric][1] for metric in metrics)),
        ]
    for number, (name, row) in enumerate(table.iterrows(), start=1):
        lines.append(line(str(number), write_name(name), *values(row)))
    if not english:
        lines.append(line("", "Trung bình", *values(table.mean())))
        lines.append(line("Ghi chú: xếp hạng theo giá trị chưa làm tròn năm 2025"))
    return "\n".join([*lines, ""]).encode("utf-8-sig")


def to_xlsx(table):
    """Give a workbook: a cover sheet, a merged title and header, a total row and a note."""
    book = openpyxl.Workbook()
    book.active.title = "Bìa"
    book.active["A1"], book.active["B2"] = TITLE, "Bộ Khoa học và Công nghệ"
    sheet = book.create_sheet("Xếp hạng tỉnh")
    width = 2 + len(table.columns)
    sheet.append([TITLE])
    sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=width)
    sheet.append([])
    groups = [VIETNAMESE[metric][0] for metric in table.columns]
    sheet.append(["STT", "Tỉnh, thành phố", *groups])
    sheet.append([None, None, *(VIETNAMESE[metric][1] for metric in table.columns)])
    for column in (1, 2):
        sheet.merge_cells(start_row=3, end_row=4, start_column=column, end_column=column)
    start = 3
    for _, run in itertools.groupby(groups):
        count = len(list(run))
        sheet.merge_cells(start_row=3, end_row=3, start_column=start, end_column=start + count - 1)
        start += count
    for number, (name, row) in enumerate(table.iterrows(), start=1):
        cells = [None if pd.isna(value) else value for value in row]
        sheet.append([number, write_name(name), *cells])
    sheet.append(["Trung bình cả nước", None, *table.mean()])
    sheet.merge_cells(start_row=sheet.max_row, end_row=sheet.max_row, start_column=1, end_column=2)
    sheet.append(["Nguồn: dti.gov.vn, 2025"])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def to_html(table):
    """Give a saved page: a menu, a table of ministries and a short one before the table itself."""
    groups = [VIETNAMESE[metric][0] for metric in table.columns]
    spans = [(group, len(list(run))) for group, run in itertools.groupby(groups)]
    head = "".join(f'<th colspan="{count}">{group}</th>' for group, count in spans)
    names = "".join(f"<th>{VIETNAMESE[metric][1]}</th>" for metric in table.columns)
    body = "".join(
        f"<tr><td>{number}</td><td><a href='#'>{html.escape(write_name(name))}</a>"
        + ("<sup>1</sup>" if number == 1 else "")
        + "</td>"
        + "".join(f"<td>{write_cell(m, row[m], comma=True)}</td>" for m in table.columns)
        + "</tr>"
        for number, (name, row) in enumerate(table.iterrows(), start=1)
    )
    best = "".join(
        f"<tr><td>{write_name(name)}</td><td>{write_cell('', value, comma=True)}</td></tr>"
        for name, value in table["score_overall"].head(5).items()
    )
    width = 2 + len(table.columns)
    return f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>{TITLE}</title></head><body>
<table class="menu"><tr><td>Trang chủ</td><td>Giới thiệu</td></tr></table>
<table><tr><th>Bộ</th><th>Giá trị</th></tr><tr><td>Bộ Tài chính</td><td>0,7</td></tr></table>
<table><tr><th>Tỉnh</th><th>Giá trị</th></tr>{best}</table>
<table><thead><tr><th rowspan="2">STT</th><th rowspan="2">Tỉnh/TP</th>{head}</tr><tr>{names}</tr>
</thead><tbody>{body}
<tr><td colspan="{width}">* Ghi chú: số liệu năm 2025</td></tr></tbody></table></body></html>
""".encode()
