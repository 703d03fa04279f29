"""What is: satisfaction and, with later chapters, what else can be counted."""
