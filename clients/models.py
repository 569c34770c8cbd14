"""The models of every room, where Django looks for them."""

from __future__ import annotations

from clients.figures.models import FiguresMonth, ManagerFigure
from clients.imports.models import (
    ClientMonth,
    CompanyImport,
    CompanyPart,
    ImportBatch,
    ImportFile,
    ImportProblem,
    StagedRow,
    StagedSale,
)
from clients.products.models import Product, ProductProposal, ProductSale
from clients.registry.models import Client, ComparedAccounts, ConfirmationSlip, Division, Relation

__all__ = [
    "Client",
    "ClientMonth",
    "CompanyImport",
    "CompanyPart",
    "ComparedAccounts",
    "ConfirmationSlip",
    "Division",
    "FiguresMonth",
    "ImportBatch",
    "ImportFile",
    "ImportProblem",
    "ManagerFigure",
    "Product",
    "ProductProposal",
    "ProductSale",
    "Relation",
    "StagedRow",
    "StagedSale",
]
