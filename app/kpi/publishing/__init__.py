"""What everybody may see of KPI 2: the folded table and its releases, the page, open data, the council's paper."""
