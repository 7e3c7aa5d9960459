"""How readers come to an article: by topic, by search, by what search engines and other sites show."""
