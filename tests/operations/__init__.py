"""Operations as code, checked with the field's own tools: promtool, amtool, Alertmanager."""
