"""Reports drawn: text, HTML, PDF, CSV and XLSX, all from one `nms.queries.reports.document.Report`."""
