"""What is measured of each construct: every metric that an alarm or a dashboard shows is made here."""
