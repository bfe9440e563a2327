import torch


def save(path, model, args):
    torch.save({"model": model.state_dict(), "args": args}, path)


def resume(path, model):
    checkpoint = torch.load(path, map_location="cpu", weights_only=False)
    model.load_state_dict(checkpoint["model"])
    return checkpoint["args"]
