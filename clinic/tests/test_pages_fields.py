"""Form fields as crispy renders them with our templates, and the summary of their errors."""

import re

from crispy_forms.templatetags.crispy_forms_filters import as_crispy_field
from django import forms
from django.template.loader import render_to_string


class Parts(forms.MultiWidget):
    def __init__(self) -> None:
        super().__init__([forms.TextInput(), forms.TextInput()])

    def decompress(self, value: object) -> list[None]:
        return [None, None]


class Pair(forms.MultiValueField):
    widget = Parts

    def compress(self, data_list: list[str]) -> list[str]:
        return data_list


class Sample(forms.Form):
    name = forms.CharField(label="Name", help_text="As on your card")
    email = forms.EmailField(label="Email", required=False)
    who = forms.ChoiceField(
        label="Who", choices=[("me", "Me")], widget=forms.RadioSelect, help_text="Pick one"
    )
    needs = forms.MultipleChoiceField(
        label="Needs", choices=[("quiet", "Quiet")], widget=forms.CheckboxSelectMultiple, required=False
    )
    place = forms.ChoiceField(label="Place", choices=[("a", "A")])
    agree = forms.BooleanField(label="I agree")
    pair = Pair(label="Pair", fields=[forms.CharField(), forms.CharField()])
    token = forms.CharField(widget=forms.HiddenInput)

    def clean(self) -> None:
        raise forms.ValidationError("The form as a whole is wrong")


def render_all(form: Sample) -> str:
    return "".join(as_crispy_field(field) for field in form)


def test_described_by_names_only_what_is_there() -> None:
    html = render_all(Sample({}))

    named = [name for names in re.findall(r'aria-describedby="([^"]*)"', html) for name in names.split()]
    ids = re.findall(r'\bid="([^"]*)"', html)

    assert {"id_name_helptext", "id_name_error", "id_who_helptext", "id_who_error", "id_pair_error"} <= set(
        named
    )
    assert set(named) <= set(ids)
    assert len(ids) == len(set(ids))


def test_hint_and_error_stand_above_the_input() -> None:
    html = as_crispy_field(Sample({})["name"])

    assert html.index("As on your card") < html.index("This field is required.") < html.index("<input")
    assert re.search(r'<span class="visually-hidden">Error:</span>\s*This field is required\.', html)
    assert 'aria-invalid="true"' in html


def test_optional_fields_say_so_and_no_field_has_a_star() -> None:
    html = render_all(Sample())

    assert html.count("(optional)") == 2
    assert "*" not in html


def test_group_of_inputs_has_a_legend() -> None:
    html = as_crispy_field(Sample()["who"])

    assert re.search(r"<fieldset[^>]*>\s*<legend[^>]*>Who", html)
    assert '<label for="id_who_0"' in html


def test_hidden_field_is_only_its_input() -> None:
    html = as_crispy_field(Sample()["token"]).strip()

    assert re.fullmatch(r'<input type="hidden"[^>]*>', html)


def test_summary_leads_to_an_input_for_each_error() -> None:
    form = Sample({})

    summary = render_to_string("includes/error_summary.html", {"form": form})
    targets = re.findall(r'href="#([^"]*)"', summary)

    assert targets == ["id_name", "id_who_0", "id_place", "id_agree", "id_pair_0"]
    assert set(targets) <= set(re.findall(r'\bid="([^"]*)"', render_all(form)))
    assert "The form as a whole is wrong" in summary


def test_summary_is_not_there_without_errors() -> None:
    assert render_to_string("includes/error_summary.html", {"form": Sample()}).strip() == ""


def test_what_was_typed_is_escaped() -> None:
    html = as_crispy_field(Sample({"name": '"><script>alert(1)</script>'})["name"])

    assert "<script>" not in html
