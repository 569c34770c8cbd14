"""Addresses of the API: clients, the CRM files, the month's figures. Reads are GET, acts POST."""

from __future__ import annotations

from django.urls import URLPattern, path

from branch.rest.endpoints import at
from clients.figures import api as figures
from clients.imports import api as imports
from clients.imports import company_api as company_imports
from clients.products import api as products
from clients.registry import api as registry

urlpatterns: list[URLPattern] = [
    path("clients/", at(registry.client_list), name="client-list"),
    path("clients/<int:client_id>/", at(imports.client_detail), name="client-detail"),
    path("slips/", at(registry.slip_list), name="slip-list"),
    path("slips/confirm/", at(registry.slip_confirm), name="slip-confirm"),
    path("slips/<int:slip_id>/", at(registry.slip_detail), name="slip-detail"),
    path("slips/<int:slip_id>/void/", at(registry.slip_void), name="slip-void"),
    path("products/", at(products.product_list, products.product_add), name="products"),
    path("products/<int:product_id>/change/", at(products.product_change), name="product-change"),
    path("products/proposals/", at(products.product_proposals), name="product-proposals"),
    path("products/proposals/<int:proposal_id>/confirm/", at(products.product_confirm), name="product-confirm"),
    path("products/proposals/<int:proposal_id>/decline/", at(products.product_decline), name="product-decline"),
    path("sales/", at(products.sale_list), name="sale-list"),
    path("sales/<int:sale_id>/clear/", at(products.sale_clear), name="sale-clear"),
    path("imports/", at(imports.import_list, imports.import_new), name="imports"),
    path("imports/templates/<slug:kind>/", at(imports.import_template), name="import-template"),
    path("imports/<int:batch_id>/", at(imports.import_detail), name="import-detail"),
    path("imports/<int:batch_id>/problems/", at(imports.import_problems), name="import-problems"),
    path("imports/<int:batch_id>/confirm/", at(imports.import_confirm), name="import-confirm"),
    path("imports/<int:batch_id>/drop/", at(imports.import_drop), name="import-drop"),
    path("imports/<int:batch_id>/recheck/", at(imports.import_recheck), name="import-recheck"),
    path("imports/<int:batch_id>/errors/<int:file_id>/", at(imports.import_errors), name="import-errors"),
    path("company-imports/", at(company_imports.company_import_list, company_imports.company_import_new), name="company-imports"),
    path("company-imports/<int:company_id>/", at(company_imports.company_import_detail), name="company-import-detail"),
    path("company-imports/<int:company_id>/parts/", at(company_imports.company_import_parts), name="company-import-parts"),
    path("company-imports/<int:company_id>/resume/", at(company_imports.company_import_resume), name="company-import-resume"),
    path("exceptions/rows/<int:row_id>/reopen/", at(imports.exception_reopen), name="exception-reopen"),
    path("exceptions/<clients_month:month>/", at(imports.exception_counts), name="exception-counts"),
    path("exceptions/<clients_month:month>/rows/", at(imports.exception_rows), name="exception-rows"),
    path("exceptions/<clients_month:month>/sales/", at(imports.exception_sales), name="exception-sales"),
    path("exceptions/<clients_month:month>/resolve/", at(imports.exception_resolve), name="exception-resolve"),
    path("exceptions/<clients_month:month>/resolve-sales/", at(imports.exception_resolve_sales), name="exception-resolve-sales"),
    path("exceptions/<clients_month:month>/review/", at(imports.exception_review), name="exception-review"),
    path("figures/", at(figures.figures), name="figures"),
    path("figures/<clients_month:month>/", at(figures.figures_of_month), name="figures-month"),
    path("figures/<clients_month:month>/lock/", at(figures.figures_lock), name="figures-lock"),
    path("figures/<clients_month:month>/unlock/", at(figures.figures_unlock), name="figures-unlock"),
    path("figures/<clients_month:month>/people/<slug:staff_no>/", at(figures.figure_rows), name="figure-rows"),
]
