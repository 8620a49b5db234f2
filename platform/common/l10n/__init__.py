"""How form fields read and write dates and numbers where Django has no format (kk) or the wrong one (en is en-GB here).
Only for input and widgets: pages write through common.formats."""
