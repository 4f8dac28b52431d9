// Models/efficientnet-lite0 is among the folders that the assembler looks in (Package.swift).
    .section .rodata
    .balign 64
    .global efficientnet_lite0_safetensors
efficientnet_lite0_safetensors:
    .incbin "efficientnet-lite0.safetensors"
    .global efficientnet_lite0_safetensors_end
efficientnet_lite0_safetensors_end:
    .byte 0
    .section .note.GNU-stack, "", %progbits
