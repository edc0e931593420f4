"""The words of the letters, one TOML file per language; Dutch apart for Belgium and the Netherlands."""
