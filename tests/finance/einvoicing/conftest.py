from tests.finance.einvoicing.house import rialto

__all__ = ["rialto"]
