"""Operations as code: rules, routes, runbooks and dashboards, by the field's own tools."""
