"""What the program does with the desktop around it, one module per thing."""
