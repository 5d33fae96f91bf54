def test_a(acme, bora):
    with acme.at_work():
        pass
