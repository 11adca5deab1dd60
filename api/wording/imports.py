"""Sentences about imports."""

from api.wording.tables import N_, Table, counted

SENTENCES: Table = {
    "field_known": N_("There is already a field named “%(header)s”. Map the column to it."),
    "field_reserved.column": N_(
        "“%(header)s” is the name of the built-in field %(place)s. Map the column to it or to one of your fields, or leave it out."
    ),
    "import_binary": N_("This is not a text file. Save the table as CSV or XLSX."),
    "import_binary.damaged": N_("The file is damaged, or not a table of contacts."),
    "import_busy": N_("This import is being worked on. Wait until it is done."),
    "import_columns": counted(
        "The table has more than %(column_limit)s column.",
        "The table has more than %(column_limit)s columns.",
        by="column_limit",
    ),
    "import_empty": N_("The file is empty."),
    "import_empty.header": N_("The file has column names but no rows."),
    "import_empty.rows": N_("The file has no rows."),
    "import_empty.workbook": N_("The workbook has no sheet with data that is not hidden."),
    "import_file_gone": N_(
        "The uploaded file is not there. Upload it again; if that happens every time, API and worker do not share their data folder."
    ),
    "import_group": N_("One of the groups no longer exists. Choose again."),
    "import_header": N_("The file has no row with that number."),
    "import_not_found": N_("This import does not exist."),
    "import_rows": counted(
        "A file may have %(file_row_limit)s row. Split it.",
        "A file may have %(file_row_limit)s rows. Split it.",
        by="file_row_limit",
    ),
    "import_sheet": N_("Choose a sheet from the list."),
    "import_slow": N_("Reading this workbook takes too long. Save it as CSV."),
    "import_started": N_("This import has started and can no longer be changed."),
    "import_too_large.workbook": N_("The workbook is too large. Save the sheet as CSV."),
    "import_too_large.sheet": N_("The sheet holds too much text. Save it as CSV."),
    "import_unreadable": N_("The workbook is damaged or protected."),
    "mapping_column": N_("The file has no column “%(name)s”."),
    "mapping_invalid": N_("The mapping is not a JSON object or list of texts."),
    "mapping_phone": N_("Choose the column that holds the phone number."),
    "mapping_target": N_("“%(target)s” is not a place a column can go."),
    "mapping_twice": N_("Two columns go to the same place. Choose one of them."),
    "mapping_width": counted(
        "The file has %(width)s column, the mapping %(length)s.",
        "The file has %(width)s columns, the mapping %(length)s.",
        by="width",
    ),
    "consent_unclear": N_(
        "An answer is neither yes nor no: without consent there is no marketing."
    ),
    "consent_unclear.named": N_(
        "“%(answer)s” is neither yes nor no: without consent there is no marketing."
    ),
    "import_binary.cards": N_(
        "This is a file of contact cards, not a table of contacts. Save the contacts as CSV."
    ),
    "import_binary.compressed": N_("This is a compressed file, not a table of contacts."),
    "import_binary.excel": N_(
        "This is an old Excel file, not a table of contacts. Save it as .xlsx or .csv."
    ),
    "import_binary.json": N_(
        "This is a JSON file, not a table of contacts. Save the contacts as CSV."
    ),
    "import_binary.pdf": N_("This is a PDF, not a table of contacts."),
    "import_binary.picture": N_("This is a picture, not a table of contacts."),
    "import_binary.web_page": N_(
        "This is a web page, not a table of contacts. Open it in a spreadsheet and save it as .xlsx or .csv."
    ),
    "import_binary.xml": N_(
        "This is an XML file, not a table of contacts. Open it in a spreadsheet and save it as .xlsx or .csv."
    ),
    "import_header.line": N_("Enter a line number, such as 3."),
    "import_region.needed": N_("Choose a country."),
    "import_too_large": N_("The file is larger than %(megabytes)s MB. Split it into parts."),
    "row_cell_too_long": counted(
        "A cell has more than %(most)s character.",
        "A cell has more than %(most)s characters.",
        by="most",
    ),
    "row_column": N_("%(column)s: %(problem)s"),
    "row_duplicate": N_("Same number as line %(line)s."),
    "row_duplicate.further": N_("The same number appears earlier in the file."),
    "row_duplicate.person": N_("Same person as line %(line)s, who has several numbers."),
    "row_extra_cells": N_("The row has more cells than the table has columns."),
    "row_few_cells": N_("The row has fewer cells than the table, and none for the phone number."),
    "row_too_long": counted(
        "The row has more than %(most)s character.",
        "The row has more than %(most)s characters.",
        by="most",
    ),
    "row_unclosed_quote": N_("A quotation mark opens here and never closes."),
    "row_unreadable": N_("This line cannot be read as a row."),
    "row_without_value": N_("Imported without this value: %(problem)s"),
    "undecodable": N_("Some letters cannot be read. Choose how letters are written in this file."),
    "import_abandoned": N_(
        "The file was removed because the import was not started within a day. Upload it again."
    ),
}
