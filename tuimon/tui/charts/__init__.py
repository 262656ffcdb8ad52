"""The History screen: charts with axes of any series over any span, read and drawn aside. Knows no Textual."""
