"""The neural models: what exists, how the weights arrive, and how they run in llama.cpp.

The only package that imports llama_cpp. It knows texts, pictures and embeddings, not documents.
"""
