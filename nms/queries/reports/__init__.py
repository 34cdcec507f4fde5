"""Reports for managers: each builder makes one `Report` of a period from the stores; views only draw it."""
