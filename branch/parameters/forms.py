from __future__ import annotations

from django import forms

from branch.widgets import DateInput


class ProposalForm(forms.Form):
    """A new value of one parameter, in the shape of the one before."""

    value = forms.CharField(
        label="新数值", widget=forms.Textarea(attrs={"rows": 3}), help_text="比例写小数(3% 写 0.03);表格照原值的格式修改"
    )
    effective_from = forms.DateField(label="生效日", widget=DateInput())
    effective_to = forms.DateField(label="失效日", widget=DateInput(), required=False, help_text="长期有效请留空")
    source = forms.CharField(label="依据", max_length=300, help_text="法规、通知的名称和文号")
    note = forms.CharField(label="说明", max_length=300, required=False)


class DecisionForm(forms.Form):
    """The second person's answer."""

    paper_no = forms.CharField(label="批准文件文号", max_length=60, required=False)
    reason = forms.CharField(label="不采纳的原因", max_length=200, required=False)
