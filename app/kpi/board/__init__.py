"""The officers' board of KPI 2: live figures by day, event, venue and country, forecast, alarms, the people behind."""
