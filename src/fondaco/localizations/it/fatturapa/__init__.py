"""FatturaPA, the Italian e-invoice: written, read, and the notices of the exchange system (SdI)."""
