"""What a register and head office exchange. The rooms `wire` and `register` are furnished with head office."""
