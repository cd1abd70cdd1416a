"""What the window is served by: the guard, the local endpoints, the thumbnails and the page's own files."""
