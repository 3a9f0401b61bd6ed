"""PostgreSQL for apps."""
