"""Pages about needs: what everybody reads (public), filing, following by ticket, and the council's own pages."""
