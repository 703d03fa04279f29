from cxlib.contract.readme import contract_text


def test_the_contract_in_the_readme_is_the_contract(request):
    readme = (request.config.rootpath / "data" / "README.md").read_text(encoding="utf-8")
    start, end = (
        "<!-- contract: written from cxlib/contract/schema.py -->\n\n",
        "\n<!-- end of the contract -->",
    )
    assert readme.split(start)[1].split(end)[0] == contract_text()
