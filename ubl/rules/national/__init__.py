"""Rules Peppol adds for sellers of one country, one module per country."""
