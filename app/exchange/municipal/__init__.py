"""Event lists as Japanese municipalities publish them as open data (推奨データセット「イベント一覧」)."""
