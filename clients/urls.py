"""Every address of the clients' pages, room by room."""

from __future__ import annotations

from django.urls import URLPattern, path, register_converter

from clients.figures import views as figures
from clients.imports import company_views as company
from clients.imports import exception_views as exceptions
from clients.imports import views as imports
from clients.pages import MonthConverter
from clients.products import views as products
from clients.registry import views as registry

register_converter(MonthConverter, "clients_month")

app_name = "clients"
urlpatterns: list[URLPattern] = [
    path("", registry.client_list, name="list"),
    path("<int:client_id>/", imports.client_detail, name="detail"),
    path("slips/", registry.slip_list, name="slip-list"),
    path("slips/confirm/", registry.slip_confirm, name="slip-confirm"),
    path("slips/<int:slip_id>/", registry.slip_detail, name="slip-detail"),
    path("slips/<int:slip_id>/void/", registry.slip_void, name="slip-void"),
    path("sales/", products.sale_list, name="sale-list"),
    path("sales/<int:sale_id>/clear/", products.sale_clear, name="sale-clear"),
    path("products/", products.product_list, name="product-list"),
    path("products/<int:product_id>/change/", products.product_change, name="product-change"),
    path("products/<int:proposal_id>/confirm/", products.product_confirm, name="product-confirm"),
    path("products/<int:proposal_id>/decline/", products.product_decline, name="product-decline"),
    path("imports/", imports.import_list, name="import-list"),
    path("imports/new/", imports.import_new, name="import-new"),
    path("imports/template/<str:kind>/", imports.import_template, name="import-template"),
    path("imports/<int:batch_id>/", imports.import_detail, name="import-detail"),
    path("imports/<int:batch_id>/confirm/", imports.import_confirm, name="import-confirm"),
    path("imports/<int:batch_id>/drop/", imports.import_drop, name="import-drop"),
    path("imports/<int:batch_id>/recheck/", imports.import_recheck, name="import-recheck"),
    path("imports/<int:batch_id>/errors/<int:file_id>/", imports.import_errors, name="import-errors"),
    path("imports/company/", company.company_import_list, name="company-import-list"),
    path("imports/company/<int:company_id>/", company.company_import_detail, name="company-import-detail"),
    path("imports/company/<int:company_id>/part/", company.company_import_part, name="company-import-part"),
    path("imports/company/<int:company_id>/resume/", company.company_import_resume, name="company-import-resume"),
    path("exceptions/", exceptions.exception_list, name="exception-list"),
    path("exceptions/<clients_month:month>/resolve/", exceptions.exception_resolve, name="exception-resolve"),
    path("exceptions/<clients_month:month>/sales/", exceptions.exception_resolve_sales, name="exception-resolve-sales"),
    path("exceptions/<clients_month:month>/review/", exceptions.exception_review, name="exception-review"),
    path("exceptions/rows/<int:row_id>/reopen/", exceptions.exception_reopen, name="exception-reopen"),
    path("figures/", figures.figures, name="figures"),
    path("figures/<clients_month:month>/", figures.figures_month_page, name="figures-month"),
    path("figures/<clients_month:month>/lock/", figures.figures_lock, name="figures-lock"),
    path("figures/<clients_month:month>/unlock/", figures.figures_unlock, name="figures-unlock"),
    path("figures/<clients_month:month>/people/<str:staff_no>/", figures.figure_rows, name="figure-rows"),
]
