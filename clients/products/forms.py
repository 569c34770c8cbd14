"""What a person may hand in about products and sales."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from branch.overtaken import SEEN, seen_field
from branch.people.models import Person
from branch.widgets import DateInput
from clients.products.models import Product, ProductProposal, SaleQuerySet
from clients.products.queries import sales_for
from clients.products.rules import PRODUCT_LEVELS
from clients.registry.forms import ANY, month_choices
from kernel.months import Month
from kernel.seen import stamp

SUITABILITY = [("no", "不符,未核销"), ("cleared", "不符,已核销")]


class SaleFilter(forms.Form):
    """The sales list's filter."""

    month = forms.ChoiceField(label="月份", required=False)
    suitable = forms.ChoiceField(
        label="适当性", required=False, choices=[*ANY, ("no", "不符,未核销"), ("cleared", "不符,已核销")]
    )
    product = forms.CharField(label="产品代码", required=False, max_length=20)
    manager = forms.CharField(label="客户经理工号", required=False, max_length=20)

    def __init__(self, *args: Any, months: Iterable[Month] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].choices = [*ANY, *month_choices(months)]  # type: ignore[attr-defined]

    def rows(self, person: Person) -> SaleQuerySet:
        """What the filters leave of the sales the person may see, for the page and for its export alike."""
        wanted = self.cleaned_data if self.is_valid() else {}
        return sales_for(
            person,
            month=Month.parse(wanted["month"]) if wanted.get("month") else None,
            suitable=wanted.get("suitable", ""),
            product=wanted.get("product", "").upper(),
            manager=wanted.get("manager", ""),
        )


class ProductChangeForm(forms.ModelForm):
    """A listed product as it is to be."""

    risk = forms.ChoiceField(label="风险等级", choices=[(level, level) for level in PRODUCT_LEVELS])
    reason = forms.CharField(label="依据", max_length=200, help_text="例如公司停售通知的文号")

    class Meta:
        model = ProductProposal
        fields = ["name", "risk", "stopped_from", "reason"]
        widgets = {"stopped_from": DateInput()}
        help_texts = {"stopped_from": "从这一天起不再销售;留空为在售"}

    def __init__(self, *args: Any, product: Product, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[SEEN] = seen_field()
        self.initial = {**product.content, SEEN: stamp(product.content)}


class ProductForm(forms.ModelForm):
    """A product to propose."""

    risk = forms.ChoiceField(label="风险等级", choices=[("", "请选择"), *((level, level) for level in PRODUCT_LEVELS)])

    class Meta:
        model = ProductProposal
        fields = ["code", "name", "risk"]
