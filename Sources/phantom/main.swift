import Commands

Phantom.main()
