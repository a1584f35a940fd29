from doi.address import landing_url

__all__ = ["landing_url"]
