package payroll

// ParseNumber lets tests reach how number cells are read.
var ParseNumber = parseNumber
