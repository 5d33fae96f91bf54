"""Fondaco: an ERP and CRM that are one program on one database."""
