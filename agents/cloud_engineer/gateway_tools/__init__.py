"""The functions behind the gateway: what the cloud engineer reads, prices, proposes and carries out."""
