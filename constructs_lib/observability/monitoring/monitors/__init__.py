"""How each construct is watched: its metrics, then the alarms on them, then the widgets that show them."""
