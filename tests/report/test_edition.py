def test_x(made):
    folder, edition = made
    print(edition)
    for p in sorted(folder.rglob("*")):
        if p.is_file():
            print(p, p.stat().st_size)
    print((edition.folder / "manifest.json").read_text())
    assert 0
