"""What the tests of the checker are made of: economies, definitions, random economies, results by hand."""
